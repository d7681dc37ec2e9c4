// Why something was given, and when the next may come.
