import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/** What follows from an event with learning gaps. */
record Action(
        @JsonProperty("event_id") String eventId,
        @JsonProperty("learner_id") String learnerId,
        @JsonProperty("created_at") String createdAt,
        @JsonProperty("topics") List<String> topics,
        @JsonProperty("correct") int correct,
        @JsonProperty("incorrect") int incorrect) {}
