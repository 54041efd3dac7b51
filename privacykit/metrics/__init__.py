"""What operators watch: counts, ages and depths, without a word about anybody."""
