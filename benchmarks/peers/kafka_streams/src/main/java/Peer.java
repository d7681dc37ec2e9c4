import java.util.Properties;
import org.apache.kafka.common.serialization.Serdes;
import org.apache.kafka.streams.KafkaStreams;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.Topology;
import org.apache.kafka.streams.state.StoreBuilder;
import org.apache.kafka.streams.state.Stores;

/** Kafka Streams: one thread, a cached and logged store; the words are those of task.py. */
public final class Peer {
    private Peer() {}

    public static void main(String[] words) throws InterruptedException {
        String bootstrap = words[0];
        String name = words[1];
        String events = words[2];
        Milestones milestones = new Milestones(Integer.parseInt(words[3]));
        String folder = words[4];
        boolean inMemory = words[5].equals("memory");

        Topology topology = new Topology();
        topology.addSource("events", events);
        topology.addProcessor("decide", () -> new Decide(milestones), "events");
        topology.addStateStore(store(inMemory), "decide");
        topology.addSink("actions", name + ".actions", "decide");

        try (KafkaStreams streams = new KafkaStreams(topology, settings(bootstrap, name, folder))) {
            streams.start();
            milestones.waitForTheLast();
        }
    }

    private static StoreBuilder<?> store(boolean inMemory) {
        var supplier = inMemory
                ? Stores.inMemoryKeyValueStore(Decide.LEARNERS)
                : Stores.persistentKeyValueStore(Decide.LEARNERS);
        return Stores.keyValueStoreBuilder(supplier, Serdes.ByteArray(), Serdes.ByteArray())
                .withCachingEnabled();
    }

    private static Properties settings(String bootstrap, String name, String folder) {
        Properties settings = new Properties();
        settings.put(StreamsConfig.APPLICATION_ID_CONFIG, name);
        settings.put(StreamsConfig.BOOTSTRAP_SERVERS_CONFIG, bootstrap);
        settings.put(StreamsConfig.STATE_DIR_CONFIG, folder);
        settings.put(StreamsConfig.NUM_STREAM_THREADS_CONFIG, 1);
        settings.put(StreamsConfig.DEFAULT_KEY_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
        settings.put(StreamsConfig.DEFAULT_VALUE_SERDE_CLASS_CONFIG, Serdes.ByteArraySerde.class);
        return settings;
    }
}
