"""The suite itself: what pytest collects, and the cases and checks that its tests share."""
