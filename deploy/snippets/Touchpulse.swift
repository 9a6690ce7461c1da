// One event from iOS or macOS with URLSession. Use a publishable key; keep what fails, with its event_id.
import Foundation

enum Touchpulse {
    struct TryLater: Error {}

    /// True: accepted. False: it will never be taken as it is. TryLater: send it again with the same event_id.
    static func send(_ event: String, url: URL, key: String) async throws -> Bool {
        var request = URLRequest(url: url.appendingPathComponent("v1/touchpoints"), timeoutInterval: 10)
        request.httpMethod = "POST"
        request.setValue("Bearer \(key)", forHTTPHeaderField: "Authorization")
        request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        request.httpBody = Data(event.utf8)
        let (_, response) = try await URLSession.shared.data(for: request)
        let status = (response as? HTTPURLResponse)?.statusCode ?? 0
        if status == 0 || status >= 500 || status == 429 || status == 408 { throw TryLater() }
        return status == 200
    }

    static func event(id: String = UUID().uuidString, now: String = ISO8601DateFormatter().string(from: Date())) -> String {
        """
        {"kind": "csat", "event_id": "\(id)", "occurred_at": "\(now)", "channel": "app",
         "touchpoint": "checkout", "score": 4, "scale": "1-5"}
        """
    }
}
