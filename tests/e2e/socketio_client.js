// A plain socket.io-client: what it is told on standard input it does, what it sees it writes as one JSON line.
const { io } = require(process.argv[2] + "/node_modules/socket.io-client");
const options = JSON.parse(process.argv[3]);
const auth = { token: options.token };
const socket = io(options.url, {
  auth: (give) => give(auth),
  transports: options.transports,
  reconnectionDelay: 50,
  reconnectionDelayMax: 200,
  // A line that ends between the handshake and the first packet is no error to the client: it waits this long.
  timeout: 3000,
  extraHeaders: options.headers || {},
});
const tell = (kind, more) => process.stdout.write(JSON.stringify({ kind, ...more }) + "\n");

socket.on("connect", () =>
  tell("connect", { id: socket.id, recovered: socket.recovered, transport: socket.io.engine.transport.name }));
socket.on("disconnect", (reason) => tell("disconnect", { reason }));
socket.on("connect_error", (error) => tell("connect_error", { message: error.message, data: error.data, final: !socket.active }));
socket.onAny((name, ...args) => tell("event", { name, args }));
socket.io.on("open", () => {
  const engine = socket.io.engine;
  engine.on("upgrade", (transport) => tell("upgrade", { transport: transport.name }));
});

require("readline").createInterface({ input: process.stdin }).on("line", (line) => {
  const said = JSON.parse(line);
  if (said.emit) socket.emit(said.emit, ...(said.args || []));
  else if (said.break) socket.io.engine.close();
  else if (said.token) auth.token = said.token;
  else if (said.leave) socket.disconnect();
  else if (said.join) socket.connect();
}).on("close", () => process.exit(0));
