// Command caller calls the one function of net/http whose stand-in compiles.
package main

import (
	"fmt"
	"net/http"
)

func main() {
	answer, err := http.Get("http://127.0.0.1:0/")
	fmt.Println(answer, err)
}
