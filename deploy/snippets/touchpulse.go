// One event with Go's own net/http: go run touchpulse.go
// The same event_id with each attempt: however often it arrives, it counts once.
package main

import (
	"bytes"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
	"time"
)

var client = &http.Client{Timeout: 10 * time.Second}

// Send tells whether the event was accepted. On an error keep it, and send it later with the same event_id.
func Send(url, key string, event map[string]any) (bool, error) {
	var last error
	for attempt := 0; attempt < 5; attempt++ {
		event["sent_at"] = time.Now().UTC().Format(time.RFC3339Nano)
		body, err := json.Marshal(event)
		if err != nil {
			return false, err
		}
		request, err := http.NewRequest("POST", url+"/v1/touchpoints", bytes.NewReader(body))
		if err != nil {
			return false, err
		}
		request.Header.Set("Authorization", "Bearer "+key)
		request.Header.Set("Content-Type", "application/json")
		wait := time.Second << attempt
		answer, err := client.Do(request)
		if err == nil {
			told, _ := io.ReadAll(answer.Body)
			answer.Body.Close()
			fmt.Println(answer.StatusCode, string(told))
			if answer.StatusCode == 200 {
				return true, nil
			}
			if answer.StatusCode < 500 && answer.StatusCode != 429 && answer.StatusCode != 408 {
				return false, nil
			}
			err = fmt.Errorf("the gateway answers %d", answer.StatusCode)
			if asked, bad := strconv.Atoi(answer.Header.Get("Retry-After")); bad == nil {
				wait = max(wait, time.Duration(asked)*time.Second)
			}
		}
		last = err
		time.Sleep(wait)
	}
	return false, last
}

func main() {
	accepted, err := Send(os.Getenv("TOUCHPULSE_URL"), os.Getenv("TOUCHPULSE_KEY"), map[string]any{
		"kind": "csat", "event_id": rand.Text(), "occurred_at": time.Now().UTC().Format(time.RFC3339Nano),
		"channel": "store", "touchpoint": "checkout", "score": 4, "scale": "1-5",
	})
	if err != nil || !accepted {
		fmt.Fprintln(os.Stderr, "not accepted:", err)
		os.Exit(1)
	}
}
