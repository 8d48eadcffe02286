"""What all pages of the staff side share: frame, navigation, messages, styles."""
