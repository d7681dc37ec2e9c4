import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.ObjectWriter;
import java.io.IOException;
import java.io.UncheckedIOException;
import org.apache.kafka.streams.processor.api.ContextualProcessor;
import org.apache.kafka.streams.processor.api.ProcessorContext;
import org.apache.kafka.streams.processor.api.Record;
import org.apache.kafka.streams.state.KeyValueStore;

/** The kernel: see README.md. */
final class Decide extends ContextualProcessor<byte[], byte[], byte[], byte[]> {
    static final String LEARNERS = "learners";

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final ObjectReader EVENTS = JSON.readerFor(Event.class);
    private static final ObjectWriter ACTIONS = JSON.writerFor(Action.class);

    private final Milestones milestones;
    private KeyValueStore<byte[], byte[]> learners;

    Decide(Milestones milestones) {
        this.milestones = milestones;
    }

    @Override
    public void init(ProcessorContext<byte[], byte[]> context) {
        super.init(context);
        learners = context.getStateStore(LEARNERS);
    }

    @Override
    public void process(Record<byte[], byte[]> record) {
        try {
            decide(record);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        milestones.add();
    }

    private void decide(Record<byte[], byte[]> record) throws IOException {
        Event event = EVENTS.readValue(record.value());
        byte[] row = learners.get(record.key());
        Learner before = row == null ? Learner.NEW : Learner.decode(row);
        if (before.knows(event.id())) {
            return;
        }
        Learner after = before.after(event.id(), event.data().metrics().accuracy());
        learners.put(record.key(), after.encode());
        if (event.hasGaps()) {
            context().forward(record.withValue(ACTIONS.writeValueAsBytes(action(event, after))));
        }
    }

    private static Action action(Event event, Learner after) {
        return new Action(event.id(), event.learnerId(), event.timestamp(), event.data().gaps(),
                after.correct(), after.incorrect());
    }
}
