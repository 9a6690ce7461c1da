import java.lang.management.ManagementFactory;
import java.util.ArrayList;
import java.util.List;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;
import org.apache.flink.types.Row;
import org.apache.flink.util.CloseableIterator;

/**
 * Flink SQL in one slot: 10 s tumbling windows of event time over a Kafka log, read once from start to end.
 *
 * Arguments: brokers, topic, end offsets as "partition:0,offset:12;...". What starting and ending a job
 * takes is measured on an empty range and taken off; the first reading warms the JVM up and is not told.
 */
public class Count {
    private static final String EVENTS = "CREATE TEMPORARY TABLE %s (channel STRING, kind STRING, score INT,"
            + " occurred_at TIMESTAMP_LTZ(3), WATERMARK FOR occurred_at AS occurred_at - INTERVAL '10' SECOND)"
            + " WITH ('connector' = 'kafka', 'topic' = '%s', 'properties.bootstrap.servers' = '%s', %s,"
            + " 'format' = 'json', 'json.timestamp-format.standard' = 'ISO-8601')";
    private static final String COUNT = "SELECT CAST(UNIX_TIMESTAMP(CAST(window_start AS STRING)) AS BIGINT),"
            + " channel, kind, score, COUNT(*)"
            + " FROM TABLE(TUMBLE(TABLE %s, DESCRIPTOR(occurred_at), INTERVAL '10' SECOND))"
            + " GROUP BY window_start, window_end, channel, kind, score";

    public static void main(String[] arguments) throws Exception {
        Configuration settings = new Configuration();
        settings.setString("parallelism.default", "1");
        settings.setString("table.local-time-zone", "UTC");
        TableEnvironment tables = TableEnvironment.create(
                EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(settings).build());
        String ends = "'scan.bounded.mode' = 'specific-offsets', 'scan.bounded.specific-offsets' = '"
                + arguments[2] + "'";
        tables.executeSql(String.format(EVENTS, "events", arguments[1], arguments[0],
                "'scan.startup.mode' = 'earliest-offset', " + ends));
        tables.executeSql(String.format(EVENTS, "nothing", arguments[1], arguments[0],
                "'scan.startup.mode' = 'specific-offsets', 'scan.startup.specific-offsets' = '" + arguments[2]
                        + "', " + ends));
        run(tables, "events", new ArrayList<>());
        run(tables, "nothing", new ArrayList<>());
        double[] empty = run(tables, "nothing", new ArrayList<>());
        List<Row> rows = new ArrayList<>();
        double[] whole = run(tables, "events", rows);
        tell(rows, whole[0] - empty[0], whole[1] - empty[1]);
    }

    /** Runs to the end; returns seconds by the clock and of the processor. */
    private static double[] run(TableEnvironment tables, String table, List<Row> rows) throws Exception {
        long clock = System.nanoTime();
        long used = processor();
        try (CloseableIterator<Row> found = tables.executeSql(String.format(COUNT, table)).collect()) {
            found.forEachRemaining(rows::add);
        }
        return new double[] {(System.nanoTime() - clock) / 1e9, (processor() - used) / 1e9};
    }

    private static long processor() {
        return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean())
                .getProcessCpuTime();
    }

    private static void tell(List<Row> rows, double seconds, double cpu) {
        long events = 0;
        StringBuilder counts = new StringBuilder();
        for (Row row : rows) {
            events += (long) row.getField(4);
            counts.append(counts.length() == 0 ? "" : ",").append(String.format("[%s,\"%s\",\"%s\",%s,%s]",
                    row.getField(0), row.getField(1), row.getField(2), row.getField(3), row.getField(4)));
        }
        System.out.println(String.format(java.util.Locale.ROOT,
                "{\"events\":%d,\"seconds\":%.4f,\"cpu_s\":%.4f,\"counts\":[%s]}", events, seconds, cpu, counts));
    }
}
