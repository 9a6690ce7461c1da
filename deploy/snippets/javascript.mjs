// One event with fetch: Node 18 and newer, Deno, browsers (there with a publishable key, never a secret one).
// The same event_id with each attempt: however often it arrives, it counts once.
const { TOUCHPULSE_URL, TOUCHPULSE_KEY } = process.env;

export async function send(event, attempts = 5) {
  const whole = { event_id: crypto.randomUUID(), occurred_at: new Date().toISOString(), ...event };
  for (let attempt = 1; ; attempt++) {
    let wait = 500 * 2 ** attempt * (0.5 + Math.random() / 2);
    try {
      const answer = await fetch(`${TOUCHPULSE_URL}/v1/touchpoints`, {
        method: "POST",
        headers: { Authorization: `Bearer ${TOUCHPULSE_KEY}`, "Content-Type": "application/json" },
        body: JSON.stringify({ ...whole, sent_at: new Date().toISOString() }),
        keepalive: true, // in a browser: also while the page is being left
      });
      const told = await answer.json();
      const verdict = told.events?.[0];
      if (verdict?.status === "accepted") return verdict;
      if (answer.status < 500 && answer.status !== 429 && answer.status !== 408) {
        throw Object.assign(new Error(verdict?.message ?? told.detail), { final: true });
      }
      wait = Math.max(wait, 1000 * Number(answer.headers.get("retry-after") ?? 0));
    } catch (error) {
      if (error.final || attempt >= attempts) throw error;
    }
    if (attempt >= attempts) throw new Error("no answer: keep the event, and send it later with the same event_id");
    await new Promise((resolve) => setTimeout(resolve, wait));
  }
}

console.log(await send({ kind: "csat", channel: "store", touchpoint: "checkout", score: 4, scale: "1-5" }));
