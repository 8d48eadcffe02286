"""Recognising what a message is about: features, classifier, calibration, decision."""
