package provision

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
)

// maxProfileFile bounds a shared file of profiles, in bytes.
const maxProfileFile = 1 << 20

// A profile is what the two shared files of the AWS command line and SDKs say
// under one name. It has nothing when neither names it.
type profile struct {
	name string
	// given is set when the environment named it; otherwise it is the default
	// one, which need not be there.
	given  bool
	values map[string]string
}

// readProfile reads the profile that the environment names: AWS_PROFILE, or
// AWS_DEFAULT_PROFILE, or "default". The credentials file wins over the
// configuration file. It is an error when a named profile is in neither.
func readProfile(getenv func(string) string) (profile, error) {
	p := profile{name: getenv("AWS_PROFILE"), given: true, values: map[string]string{}}
	if p.name == "" {
		p.name = getenv("AWS_DEFAULT_PROFILE")
	}
	if p.name == "" {
		p.name, p.given = "default", false
	}
	found := false
	for _, file := range []struct{ variable, name, prefix string }{
		{"AWS_CONFIG_FILE", "config", "profile "},
		{"AWS_SHARED_CREDENTIALS_FILE", "credentials", ""},
	} {
		text, err := readShared(getenv(file.variable), file.name)
		if err != nil {
			return p, fmt.Errorf("provision: read the AWS %s file: %w", file.name, err)
		}
		sections := parseProfiles(text)
		section, ok := sections[file.prefix+p.name]
		if !ok && p.name == "default" { // the configuration file may call it so too
			section, ok = sections[p.name]
		}
		maps.Copy(p.values, section)
		found = found || ok
	}
	if p.given && !found {
		return p, fmt.Errorf("provision: the profile %q is in neither the AWS config file nor the credentials file", p.name)
	}
	return p, nil
}

// readShared returns the text of a shared file, "" when there is none.
func readShared(path, name string) (string, error) {
	if path == "" {
		home, err := os.UserHomeDir()
		if err != nil { // a container without a home has no files there either
			return "", nil
		}
		path = filepath.Join(home, ".aws", name)
	}
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return "", nil
	}
	if err != nil {
		return "", err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxProfileFile+1))
	if err == nil && len(text) > maxProfileFile {
		err = fmt.Errorf("%s is longer than %d bytes", path, maxProfileFile)
	}
	return string(text), err
}

// parseProfiles reads a shared file into its sections, by their names with one
// space in "profile name". Keys are in small letters. As the SDKs do it passes
// over what it does not understand, and over the indented lines below a key
// without a value: they are settings of one service.
func parseProfiles(text string) map[string]map[string]string {
	sections := map[string]map[string]string{}
	var section map[string]string
	nested := false
	for line := range strings.Lines(text) {
		trimmed := strings.TrimSpace(line)
		switch {
		case trimmed == "" || trimmed[0] == '#' || trimmed[0] == ';':
			continue
		case trimmed[0] == '[':
			name, _, _ := strings.Cut(trimmed[1:], "]")
			name = strings.Join(strings.Fields(name), " ")
			if sections[name] == nil {
				sections[name] = map[string]string{}
			}
			section, nested = sections[name], false
			continue
		case nested && (line[0] == ' ' || line[0] == '\t'):
			continue
		}
		key, value, ok := strings.Cut(trimmed, "=")
		if !ok || section == nil {
			continue
		}
		value = plainValue(value)
		section[strings.ToLower(strings.TrimSpace(key))] = value
		nested = value == ""
	}
	return sections
}

// plainValue takes the comment, which starts with a space, and the quotes away.
func plainValue(v string) string {
	for _, mark := range []string{" #", " ;", "\t#", "\t;"} {
		v, _, _ = strings.Cut(v, mark)
	}
	v = strings.TrimSpace(v)
	if n := len(v); n >= 2 && v[0] == v[n-1] && (v[0] == '"' || v[0] == '\'') {
		v = v[1 : n-1]
	}
	return v
}
