import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The state: right and wrong pieces in a row, and the latest event ids, the oldest first. */
record Learner(int correct, int incorrect, List<String> recent) {
    static final double CORRECT_FROM = 0.80;
    static final double INCORRECT_TO = 0.40;
    static final int RECENT_IDS = 8;
    static final Learner NEW = new Learner(0, 0, List.of());

    boolean knows(String eventId) {
        return recent.contains(eventId);
    }

    Learner after(String eventId, double accuracy) {
        List<String> ids = new ArrayList<>(RECENT_IDS + 1);
        ids.addAll(recent);
        ids.add(eventId);
        List<String> kept = ids.size() > RECENT_IDS ? ids.subList(1, ids.size()) : ids;
        if (accuracy >= CORRECT_FROM) {
            return new Learner(correct + 1, 0, kept);
        }
        return new Learner(0, accuracy <= INCORRECT_TO ? incorrect + 1 : 0, kept);
    }

    byte[] encode() {
        byte[] ids = String.join("\n", recent).getBytes(StandardCharsets.UTF_8);
        return ByteBuffer.allocate(8 + ids.length).putInt(correct).putInt(incorrect).put(ids).array();
    }

    static Learner decode(byte[] raw) {
        ByteBuffer buffer = ByteBuffer.wrap(raw);
        int correct = buffer.getInt();
        int incorrect = buffer.getInt();
        String ids = new String(raw, 8, raw.length - 8, StandardCharsets.UTF_8);
        return new Learner(correct, incorrect, List.of(ids.split("\n")));
    }
}
