return {
  ["{name} has {count} of {limit} warnings."] = {
    by = "limit",
    one = "{name} has {count} of {limit} warning.",
    other = "{name} has {count} of {limit} warnings.",
  },
}
