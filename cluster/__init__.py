"""Several machines as processes of one: sites, Rasa, action servers behind nginx, over one PostgreSQL and one Redis."""
