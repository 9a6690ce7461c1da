// One event with java.net.http (Java 17 and newer, no library): java TouchpulseHttp.java
// The same event_id with each attempt: however often it arrives, it counts once.
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.UUID;

public class TouchpulseHttp {
    static final HttpClient CLIENT = HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1) // without TLS it would ask for an upgrade to HTTP/2 first
        .connectTimeout(Duration.ofSeconds(5))
        .build();

    /** Sends one event; true if it was accepted. Keep it, and send it later with the same event_id, on an exception. */
    static boolean send(String url, String key, String event) throws Exception {
        Exception last = null;
        for (int attempt = 1; attempt <= 5; attempt++) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(url + "/v1/touchpoints"))
                .timeout(Duration.ofSeconds(10))
                .header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(event))
                .build();
            long waitMs = (long) (500 * Math.pow(2, attempt) * (0.5 + Math.random() / 2));
            try {
                HttpResponse<String> answer = CLIENT.send(request, HttpResponse.BodyHandlers.ofString());
                System.out.println(answer.statusCode() + " " + answer.body());
                int status = answer.statusCode();
                if (status == 200) return true;
                if (status < 500 && status != 429 && status != 408) return false;
                long asked = answer.headers().firstValueAsLong("Retry-After").orElse(0);
                waitMs = Math.max(waitMs, 1000 * asked);
            } catch (java.io.IOException error) {
                last = error;
            }
            Thread.sleep(waitMs);
        }
        throw new java.io.IOException("no answer from " + url, last);
    }

    public static void main(String[] args) throws Exception {
        String event = """
            {"kind": "csat", "event_id": "%s", "occurred_at": "%s", "channel": "store",
             "touchpoint": "checkout", "score": 4, "scale": "1-5"}
            """.formatted(UUID.randomUUID(), Instant.now());
        boolean accepted = send(System.getenv("TOUCHPULSE_URL"), System.getenv("TOUCHPULSE_KEY"), event);
        System.exit(accepted ? 0 : 1);
    }
}
