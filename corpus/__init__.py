"""The example sentences, categories and regression questions as files that trainers change: read, checked, written."""
