"""What was refused: found in its topic, shown, and tried again."""
