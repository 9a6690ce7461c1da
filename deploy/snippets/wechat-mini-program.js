// One event from a WeChat mini-program. Put the gateway's domain on the list of request domains, and fetch a
// short-lived publishable key from your own server: what is in the package can be read by anybody.
// What could not be sent waits in the storage and goes out with the next event, under the same event_id.
const WAITING = "touchpulse-waiting";
const MOST = 200;

function newId() {
  return `${Date.now().toString(36)}-${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}`;
}

function report(url, key, event) {
  const whole = { event_id: newId(), occurred_at: new Date().toISOString(), ...event };
  const waiting = [...(wx.getStorageSync(WAITING) || []), whole].slice(-MOST);
  wx.setStorageSync(WAITING, waiting); // first written down, then sent
  const sent_at = new Date().toISOString();
  wx.request({
    url: `${url}/v1/touchpoints`,
    method: "POST",
    timeout: 10000,
    header: { Authorization: `Bearer ${key}`, "Content-Type": "application/json" },
    data: waiting.map((one) => ({ ...one, sent_at })),
    success(answer) {
      const verdicts = (answer.data && answer.data.events) || [];
      const done = new Set(verdicts.filter((one) => one.status !== "unavailable").map((one) => one.event_id));
      const left = (wx.getStorageSync(WAITING) || []).filter((one) => !done.has(one.event_id));
      wx.setStorageSync(WAITING, left);
    },
  });
  return whole.event_id;
}

module.exports = { report };
// In a page: report(app.touchpulseUrl, app.touchpulseKey,
//   { kind: "csat", channel: "mini_program", touchpoint: "checkout", score: 4, scale: "1-5" });
