package provision

import (
	"os"
	"regexp"
	"testing"

	"porchlight/server/internal/config"
)

// TestDeployFiles: the files for operators name no variable that the server
// does not have.
func TestDeployFiles(t *testing.T) {
	known := map[string]bool{}
	for _, v := range config.Variables() {
		known[v.Name] = true
		if v.Secret {
			known[v.Name+"_FILE"] = true
		}
	}
	names := regexp.MustCompile(`\b(?:PORCHLIGHT|AWS)_[A-Z_]+[A-Z]\b`)
	for _, file := range []string{"Dockerfile", "compose.yaml", "porchlight.service", "userpool.json"} {
		text, err := os.ReadFile("../../deploy/" + file)
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names.FindAllString(string(text), -1) {
			if !known[name] {
				t.Errorf("%s names %s, which the server does not know", file, name)
			}
		}
	}
}
