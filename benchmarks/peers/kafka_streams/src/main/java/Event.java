import com.fasterxml.jackson.annotation.JsonIgnoreProperties;
import com.fasterxml.jackson.annotation.JsonProperty;
import java.util.List;

/** What the kernel looks at of an event. */
@JsonIgnoreProperties(ignoreUnknown = true)
record Event(
        String id, @JsonProperty("learner_id") String learnerId, String timestamp, Data data) {

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Data(
            @JsonProperty("performance_metrics") Metrics metrics,
            @JsonProperty("learning_gaps") List<String> gaps) {}

    @JsonIgnoreProperties(ignoreUnknown = true)
    record Metrics(double accuracy) {}

    boolean hasGaps() {
        return data.gaps() != null && !data.gaps().isEmpty();
    }
}
