// An HTTP and WebSocket echo: POST answers with the body, GET /SIZE with the content of the test files, a WebSocket with its messages.
// usage: echo.js PORT FOLDER-OF-NODE-MODULES
const http = require('http');
const path = require('path');
const { WebSocketServer } = require(path.join(process.argv[3], 'ws'));

// Numbered lines of 16 bytes, as harness.content has them.
const text = Buffer.from(Array.from({ length: 400000 }, (_, line) => String(line).padStart(15, '0') + '\n').join(''));

const server = http.createServer({ keepAliveTimeout: 60000 }, (request, response) => {
    if (request.method === 'POST') {
        response.writeHead(200, { 'Content-Length': request.headers['content-length'] });
        request.pipe(response);
        return;
    }
    response.end(text.subarray(0, Number(request.url.slice(1))));
});
new WebSocketServer({ server, perMessageDeflate: false }).on('connection', (socket) => {
    socket.on('message', (data, isBinary) => socket.send(data, { binary: isBinary }));
});
server.listen(Number(process.argv[2]), '127.0.0.1');
