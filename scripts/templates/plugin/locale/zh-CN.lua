return {
  ["Hello, {name}!"] = "你好，{name}！",
  ["Welcome back, {name}!"] = "欢迎回来，{name}！",
  ["Say hello"] = "打个招呼",
}
