"""What a comparison over events of before cannot know, said in every report."""

LIMITS = (
    "What happened next is what happened under the policy that was live. If the candidate gives a "
    "break that base does not, the events after it are still those of a child without that break: "
    "how the child would have gone on, nobody can know from a log.",
    "Reports that a level suggestion did not arrive (LEVEL_SUGGESTION_FAILED) are about those that "
    "were live. They apply to both sides only where both gave that very suggestion; what the "
    "candidate alone suggests is taken as if it arrived.",
    "An action counts as given, not as delivered: services that were away, and actions that "
    "expired or were superseded, are not looked at.",
    "An action that only base gives and one that only the candidate gives count as one that moved "
    "if they are of the same learner and type and at most 30 minutes apart, whatever their rules. "
    "It is counted at base's tenant, rule, hour and level.",
    "Hours and days are those of UTC, not of the school.",
    "Without a snapshot the states at the start are those that the warm-up's events lead to; what "
    "lies before it is not known, such as a level that was reached long ago.",
    "Events of learners who were erased may be missing, so figures can be lower than they were.",
)
