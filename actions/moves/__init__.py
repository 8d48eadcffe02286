"""The moves of the dialogue: functions of what is known (`Dossier`), what came in (`Turn`) and the world (`Desk`)."""
