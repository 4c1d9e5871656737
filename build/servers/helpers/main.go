// The Go ends of the server checks: a reverse proxy, and clients that check what they get. A client prints one JSON object, as
// harness.Meter has it.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httputil"
	"net/url"
	"os"
	"strconv"
	"sync"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials/insecure"
)

// patience is how long a client waits for one answer before it is counted as a timeout.
const patience = 10 * time.Second

// meter is what a load counts. Its methods may be called from many goroutines.
type meter struct {
	mu       sync.Mutex
	Requests int            `json:"requests"`
	Errors   map[string]int `json:"errors"`
	Stall    float64        `json:"stall"`
}

// done counts one request that took since start, or its error.
func (m *meter) done(start time.Time, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.Stall = max(m.Stall, time.Since(start).Seconds())
	if err == nil {
		m.Requests++
		return
	}
	m.Errors[err.Error()]++
}

// during runs n copies of a step, each over and over until the time is over or it has failed.
func (m *meter) during(seconds float64, n int, step func(worker, turn int) error) {
	end := time.Now().Add(time.Duration(seconds * float64(time.Second)))
	var all sync.WaitGroup
	for worker := range n {
		all.Go(func() {
			for turn := 0; time.Now().Before(end); turn++ {
				start := time.Now()
				err := step(worker, turn)
				m.done(start, err)
				if err != nil {
					return
				}
			}
		})
	}
	all.Wait()
}

// text holds numbered lines of 16 bytes, as harness.content has them, so that no two parts of it are the same.
var text = func() []byte {
	var b bytes.Buffer
	for line := range 400_000 {
		fmt.Fprintf(&b, "%015d\n", line)
	}
	return b.Bytes()
}()

// content is that many bytes of the text, from a line on.
func content(size, line int) []byte {
	return text[line*16:][:size]
}

// proxy is httputil.ReverseProxy in front of a server, which also answers CONNECT, by io.Copy between TCP connections.
func proxy(listen, upstream string) error {
	reverse := httputil.NewSingleHostReverseProxy(&url.URL{Scheme: "http", Host: upstream})
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method == http.MethodConnect {
			tunnel(w, r.Host)
			return
		}
		reverse.ServeHTTP(w, r)
	})
	return http.ListenAndServe(listen, handler)
}

func tunnel(w http.ResponseWriter, target string) {
	there, err := net.Dial("tcp", target)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadGateway)
		return
	}
	here, _, err := w.(http.Hijacker).Hijack()
	if err != nil {
		log.Print(err)
		return
	}
	if _, err := io.WriteString(here, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		log.Print(err)
	}
	go relay(there.(*net.TCPConn), here.(*net.TCPConn))
	relay(here.(*net.TCPConn), there.(*net.TCPConn))
}

func relay(to, from *net.TCPConn) {
	// A client that goes away in the middle is no error of the relay.
	io.Copy(to, from)
	to.CloseWrite()
}

// http2 gets /SIZE for each of the sizes in turn over cleartext HTTP/2.
func http2(m *meter, address string, seconds float64, sizes []string) error {
	protocols := new(http.Protocols)
	protocols.SetUnencryptedHTTP2(true)
	client := &http.Client{Transport: &http.Transport{Protocols: protocols}, Timeout: patience}
	m.during(seconds, 8, func(worker, turn int) error {
		size, err := strconv.Atoi(sizes[turn%len(sizes)])
		if err != nil {
			return err
		}
		answer, err := client.Get(fmt.Sprintf("http://%s/%d", address, size))
		if err != nil {
			return err
		}
		defer answer.Body.Close()
		body, err := io.ReadAll(answer.Body)
		if err != nil {
			return err
		}
		if answer.StatusCode != http.StatusOK || !bytes.Equal(body, content(size, 0)) {
			return fmt.Errorf("corrupt: status %d, %d bytes instead of %d", answer.StatusCode, len(body), size)
		}
		return nil
	})
	return nil
}

// raw passes gRPC messages as they are, without Protocol Buffers.
type raw struct{}

func (raw) Marshal(v any) ([]byte, error) { return *v.(*[]byte), nil }

func (raw) Unmarshal(data []byte, v any) error {
	*v.(*[]byte) = append([]byte(nil), data...)
	return nil
}

func (raw) Name() string { return "raw" }

// grpcServer sends each message of a stream back.
func grpcServer(listen string) error {
	echo := func(_ any, stream grpc.ServerStream) error {
		for {
			var message []byte
			if err := stream.RecvMsg(&message); err == io.EOF {
				return nil
			} else if err != nil {
				return err
			}
			if err := stream.SendMsg(&message); err != nil {
				return err
			}
		}
	}
	listener, err := net.Listen("tcp", listen)
	if err != nil {
		return err
	}
	server := grpc.NewServer(grpc.ForceServerCodec(raw{}))
	server.RegisterService(&grpc.ServiceDesc{
		ServiceName: "Echo",
		HandlerType: (*any)(nil),
		Streams:     []grpc.StreamDesc{{StreamName: "Stream", Handler: echo, ServerStreams: true, ClientStreams: true}},
	}, nil)
	return server.Serve(listener)
}

// grpcClient has a message echoed on each of eight streams over one connection, small ones and now and then a large one.
func grpcClient(m *meter, address string, seconds float64) error {
	connection, err := grpc.NewClient(address, grpc.WithTransportCredentials(insecure.NewCredentials()),
		grpc.WithDefaultCallOptions(grpc.ForceCodec(raw{})))
	if err != nil {
		return err
	}
	defer connection.Close()
	const workers = 8
	streams := make([]grpc.ClientStream, workers)
	for i := range streams {
		// The deadline makes a stall an error.
		ctx, cancel := context.WithTimeout(context.Background(), time.Duration(seconds)*time.Second+patience)
		defer cancel()
		streams[i], err = connection.NewStream(ctx, &grpc.StreamDesc{ServerStreams: true, ClientStreams: true}, "/Echo/Stream")
		if err != nil {
			return err
		}
	}
	m.during(seconds, workers, func(worker, turn int) error {
		size := 10 + turn%5000
		if turn%200 == 199 {
			size = 1_000_000
		}
		message := content(size, turn%1000)
		var answer []byte
		if err := streams[worker].SendMsg(&message); err != nil {
			return err
		}
		if err := streams[worker].RecvMsg(&answer); err != nil {
			return err
		}
		if !bytes.Equal(answer, message) {
			return fmt.Errorf("corrupt: echo of %d bytes", size)
		}
		return nil
	})
	return nil
}

// etcd puts and gets while watchers check that each of them sees every value in order, and keeps a lease alive.
func etcd(m *meter, address string, seconds float64) error {
	const writers, watchersEach = 8, 25
	client, err := clientv3.New(clientv3.Config{Endpoints: []string{address}, DialTimeout: patience})
	if err != nil {
		return err
	}
	defer client.Close()
	all, stop := context.WithCancel(context.Background())
	defer stop()
	lease, err := client.Grant(all, 3)
	if err != nil {
		return err
	}
	alive, err := client.KeepAlive(all, lease.ID)
	if err != nil {
		return err
	}
	var watching sync.WaitGroup
	puts := make([]int, writers)
	seen := make([]int, writers*watchersEach)
	for i := range seen {
		key := fmt.Sprintf("key-%d", i%writers)
		events := client.Watch(all, key, clientv3.WithCreatedNotify())
		<-events
		watching.Go(func() {
			for batch := range events {
				for _, event := range batch.Events {
					if string(event.Kv.Value) != value(seen[i]) {
						m.done(time.Now(), fmt.Errorf("corrupt: watcher of %s saw another value than expected", key))
					}
					seen[i]++
				}
			}
		})
	}
	m.during(seconds, writers, func(worker, turn int) error {
		ctx, cancel := context.WithTimeout(all, patience)
		defer cancel()
		key := fmt.Sprintf("key-%d", worker)
		if _, err := client.Put(ctx, key, value(turn), clientv3.WithLease(lease.ID)); err != nil {
			return err
		}
		puts[worker]++
		answer, err := client.Get(ctx, key)
		if err != nil {
			return err
		}
		if len(answer.Kvs) != 1 || string(answer.Kvs[0].Value) != value(turn) {
			return fmt.Errorf("corrupt: get after put of %s", key)
		}
		return nil
	})
	time.Sleep(time.Second)
	stop()
	watching.Wait()
	for i, n := range seen {
		if n != puts[i%writers] {
			m.done(time.Now(), fmt.Errorf("watcher saw %d of %d puts", n, puts[i%writers]))
		}
	}
	renewals := 0
	for range alive {
		renewals++
	}
	if renewals == 0 {
		m.done(time.Now(), fmt.Errorf("lease was never renewed"))
	}
	return nil
}

func value(turn int) string {
	return fmt.Sprintf("%d %s", turn, content(turn*37%4000, 0))
}

func run(arguments []string) error {
	if len(arguments) < 2 {
		return fmt.Errorf("usage: helper proxy LISTEN UPSTREAM | grpc-server LISTEN | (grpc|etcd|http2) ADDRESS SECONDS [SIZE...]")
	}
	switch arguments[0] {
	case "proxy":
		return proxy(arguments[1], arguments[2])
	case "grpc-server":
		return grpcServer(arguments[1])
	}
	seconds, err := strconv.ParseFloat(arguments[2], 64)
	if err != nil {
		return err
	}
	m := &meter{Errors: map[string]int{}}
	switch arguments[0] {
	case "http2":
		err = http2(m, arguments[1], seconds, arguments[3:])
	case "grpc":
		err = grpcClient(m, arguments[1], seconds)
	case "etcd":
		err = etcd(m, arguments[1], seconds)
	default:
		err = fmt.Errorf("no command %s", arguments[0])
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(m)
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		log.Fatal(err)
	}
}
