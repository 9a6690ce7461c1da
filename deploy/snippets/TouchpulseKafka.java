// One event straight into Kafka with kafka-clients: java -cp "kafka-clients.jar:slf4j-api.jar:lz4.jar" TouchpulseKafka.java
// What matters: the key is producer:event_id and the partitioner the default one (murmur2 of the key), so that a retry
// meets its twin in one partition; acks=all and idempotence, so that acknowledged means kept.
import java.time.Instant;
import java.util.Properties;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;

public class TouchpulseKafka {
    public static void main(String[] args) throws Exception {
        Properties settings = new Properties();
        settings.put("bootstrap.servers", System.getenv("KAFKA_BROKERS"));
        settings.put("key.serializer", "org.apache.kafka.common.serialization.StringSerializer");
        settings.put("value.serializer", "org.apache.kafka.common.serialization.StringSerializer");
        settings.put("acks", "all");
        settings.put("enable.idempotence", "true");
        settings.put("compression.type", "lz4");
        settings.put("linger.ms", "20");
        String producer = "till-server";
        String eventId = UUID.randomUUID().toString();
        String now = Instant.now().toString();
        String event = """
            {"kind": "csat", "event_id": "%s", "occurred_at": "%s", "sent_at": "%s", "producer": "%s",
             "channel": "store", "touchpoint": "checkout", "score": 4, "scale": "1-5"}
            """.formatted(eventId, now, now, producer);
        try (KafkaProducer<String, String> kafka = new KafkaProducer<>(settings)) {
            // Only when the future is done is the event safe; on an exception send it again with the same event_id.
            kafka.send(new ProducerRecord<>("touchpoints", producer + ":" + eventId, event)).get(30, TimeUnit.SECONDS);
        }
    }
}
