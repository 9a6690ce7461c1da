// One event from Android or a server in Kotlin, with what the platform has. On Android use a publishable key, call it
// off the main thread, and hand what fails to WorkManager together with its event_id.
import java.net.HttpURLConnection
import java.net.URL
import java.time.Instant
import java.util.UUID

/** True: accepted. False: it will never be taken as it is. An exception: keep it, send it later with the same event_id. */
fun send(url: String, key: String, event: String): Boolean {
    val connection = URL("$url/v1/touchpoints").openConnection() as HttpURLConnection
    try {
        connection.requestMethod = "POST"
        connection.connectTimeout = 5_000
        connection.readTimeout = 10_000
        connection.doOutput = true
        connection.setRequestProperty("Authorization", "Bearer $key")
        connection.setRequestProperty("Content-Type", "application/json")
        connection.outputStream.use { it.write(event.toByteArray()) }
        val status = connection.responseCode
        if (status >= 500 || status == 429 || status == 408) throw java.io.IOException("try later: $status")
        return status == 200
    } finally {
        connection.disconnect()
    }
}

fun event(id: String = UUID.randomUUID().toString(), now: String = Instant.now().toString()) = """
    {"kind": "csat", "event_id": "$id", "occurred_at": "$now", "channel": "app",
     "touchpoint": "checkout", "score": 4, "scale": "1-5"}
"""

fun main() {
    println(send(System.getenv("TOUCHPULSE_URL"), System.getenv("TOUCHPULSE_KEY"), event()))
}
