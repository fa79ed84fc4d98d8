// Copyright (c) 2026, websocket.health contributors
// SPDX-License-Identifier: GPL-3.0-or-later

// An echo server of gorilla/websocket on /ws, beside net/http's own answers, with its default check of the Origin:
// another host than that of the Host header is refused with 403.
// Environment: ANY_ORIGIN=1 (CheckOrigin allows every one), SUBPROTOCOLS (separated by commas), READ_LIMIT (bytes).
package main

import (
	"log"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"

	"github.com/gorilla/websocket"
)

func main() {
	upgrader := websocket.Upgrader{}
	if os.Getenv("ANY_ORIGIN") == "1" {
		upgrader.CheckOrigin = func(*http.Request) bool { return true }
	}
	if names := os.Getenv("SUBPROTOCOLS"); names != "" {
		upgrader.Subprotocols = strings.Split(names, ",")
	}
	limit, _ := strconv.ParseInt(os.Getenv("READ_LIMIT"), 10, 64)

	http.HandleFunc("/ws", func(writer http.ResponseWriter, request *http.Request) {
		client, err := upgrader.Upgrade(writer, request, nil)
		if err != nil {
			log.Print("upgrade: ", err)
			return
		}
		defer client.Close()
		log.Print("client connected from ", request.RemoteAddr)
		if limit > 0 {
			client.SetReadLimit(limit)
		}
		for {
			kind, message, err := client.ReadMessage()
			if err == nil {
				err = client.WriteMessage(kind, message)
			}
			if err != nil {
				log.Print("client disconnected: ", err)
				return
			}
		}
	})

	host := os.Getenv("HOST")
	if host == "" {
		host = "127.0.0.1"
	}
	listener, err := net.Listen("tcp", net.JoinHostPort(host, os.Getenv("PORT")))
	if err != nil {
		log.Fatal(err)
	}
	log.Print("listening on ", listener.Addr())
	log.Fatal(http.Serve(listener, nil))
}
