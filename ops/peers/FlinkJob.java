import org.apache.flink.configuration.Configuration;
import org.apache.flink.table.api.EnvironmentSettings;
import org.apache.flink.table.api.TableEnvironment;

/** The reduced job in Flink's Table API: parse, SHA-256, count by key, first seen, serialise. */
public final class FlinkJob {
  public static void main(String[] arguments) throws Exception {
    Configuration configuration = new Configuration();
    configuration.setString("parallelism.default", arguments[2]);
    TableEnvironment tables = TableEnvironment.create(
        EnvironmentSettings.newInstance().inStreamingMode().withConfiguration(configuration).build());
    tables.executeSql("CREATE TABLE lines (`key` STRING, `text` STRING, moment AS PROCTIME()) WITH ("
        + "'connector' = 'filesystem', 'path' = 'file://" + arguments[0] + "', 'format' = 'json')");
    tables.executeSql("CREATE TABLE results (`count` BIGINT, `first` BOOLEAN, `key` STRING, `sha256` STRING) WITH ("
        + "'connector' = 'filesystem', 'path' = 'file://" + arguments[1] + "', 'format' = 'json')");
    long start = System.nanoTime();
    // Two keyed states, as a window of one query has one key: the count by key, and below it the count by key and digest.
    tables.executeSql("INSERT INTO results SELECT COUNT(*) OVER (PARTITION BY k ORDER BY moment), seen = 1, k, h FROM ("
        + "SELECT `key` AS k, SHA256(`text`) AS h, moment, COUNT(*) OVER (PARTITION BY `key`, SHA256(`text`) ORDER BY moment) AS seen FROM lines)")
        .await();
    System.out.printf("%.3f%n", (System.nanoTime() - start) / 1e9);
  }
}
