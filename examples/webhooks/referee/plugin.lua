return {
  name = "referee",
  version = "1.0.0",
  summary = "Looks at messages before they are delivered",
  needs = { "intercept" },
  options = {
    banned = { type = "list", default = { "buy followers" }, help = "texts nobody may send" },
    masked = { type = "list", default = { "darn" }, help = "words that become stars" },
  },
}
