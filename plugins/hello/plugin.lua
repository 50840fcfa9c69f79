return {
  name = "hello",
  version = "1.0.0",
  summary = "Answers /hello, /ping and /help",
  needs = {},
  options = {
    help = {
      type = "string",
      default = "",
      help = "What /help answers; empty: the commands whoever asks may use",
    },
  },
}
