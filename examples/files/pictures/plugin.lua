return {
  name = "pictures",
  version = "1.0.0",
  summary = "Answers with a picture, and keeps those that people send",
  needs = { "media:what people send" },
}
