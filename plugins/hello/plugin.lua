return {
  name = "hello",
  version = "1.0.0",
  summary = "Answers /hello, /ping and /help",
  needs = {},
  options = {
    help = {
      type = "string",
      default = "You can say: /hello, /ping, /help",
      help = "What /help answers",
    },
  },
}
