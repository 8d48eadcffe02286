"""The moves of the dialogue: plain functions of what is known (`Dossier`), what came in (`Turn`) and the world (`Desk`)."""
