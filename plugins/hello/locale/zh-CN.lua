return {
  ["Hello, {name}!"] = "你好，{name}！",
  ["pong"] = "在的",
  ["You can say: /hello, /ping, /help"] = "你可以说：/你好、/ping、/帮助",
  ["Say hello"] = "打个招呼",
  ["See whether the bot is there"] = "看看机器人在不在",
  ["Say what the bot can do"] = "说说机器人会做什么",
}
