-- Requests prepared before the run: a file with one "address <tab> user agent" a line.
local requests = {}
init = function(args)
  for line in io.lines(args[1]) do
    local address, agent = line:match("([^\t]*)\t(.*)")
    requests[#requests + 1] = wrk.format("GET", "/", {
      ["Host"] = "example.org", ["User-Agent"] = agent, ["Accept"] = "text/html,application/xhtml+xml",
      ["Accept-Language"] = "en-GB,en;q=0.5", ["Accept-Encoding"] = "gzip, deflate, br",
      ["Sec-CH-UA"] = '"Chromium";v="130"', ["Sec-CH-UA-Mobile"] = "?0", ["Sec-CH-UA-Platform"] = '"Windows"',
      ["Referer"] = "https://www.google.com/", ["X-Forwarded-For"] = address,
      ["Cookie"] = "session=abc123; theme=dark", ["Cache-Control"] = "max-age=0" })
  end
end
local i = 0
request = function() i = i % #requests + 1; return requests[i] end
