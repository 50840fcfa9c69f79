return {
  ["Hello, {name}!"] = "你好，{name}！",
  ["pong"] = "在的",
  ["You can say:\n{commands}"] = "你可以说：\n{commands}",
  ["There is no command {name} for you here."] = "这里没有你能用的命令 {name}。",
  ["Usage:\n{commands}"] = "用法：\n{commands}",
  ["help [command...]"] = "help [命令...]",
  ["Say hello"] = "打个招呼",
  ["See whether the bot is there"] = "看看机器人在不在",
  ["Say what the bot can do"] = "说说机器人会做什么",
}
