return {
  name = "peer",
  version = "1.0.0",
  summary = "The bot that RongCloud's own SDKs talk to in spec/interop",
  needs = {
    "send", "friends", "group.read", "group.manage", "group.mute", "group.kick", "history",
    "history.clear", "media", "profile", "user.read",
  },
  options = {
    user = { type = "string", default = "bot", help = "The bot's own user id" },
  },
}
