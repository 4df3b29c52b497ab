// Command leak needs more of net/http than its stand-in has.
package main

import (
	"fmt"
	"net/http"
)

func main() {
	request, err := http.NewRequest(http.MethodGet, "/", nil)
	fmt.Println(request, err)
}
