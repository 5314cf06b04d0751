"""Extensions as ARCHITECTURE.md promises them: how many files and rows each of them is."""
