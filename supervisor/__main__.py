"""`python -m supervisor [site] [rasa] [actions] [trainings]`: all of them where none is named."""

import sys

from supervisor.main import main

sys.exit(main(sys.argv[1:]))
