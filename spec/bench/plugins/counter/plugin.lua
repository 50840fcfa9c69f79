return {
  name = "counter",
  version = "1.0.0",
  summary = "Sends every text back and counts them, across reloads",
  needs = {},
  options = {},
}
