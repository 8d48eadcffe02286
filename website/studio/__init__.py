"""The trainers' studio: review of real sentences, writing examples, categories, trainings, versions."""
