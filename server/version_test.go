package main

import (
	"io/fs"
	"runtime/debug"
	"strings"
	"testing"
	"testing/fstest"
)

func TestWriteVersion(t *testing.T) {
	const hash = "4fa53532525fd0c6b1d5c4ad1f6e0f39cbfa2a1b2c3d4e5f60718293a4b5c6d7"
	program := fstest.MapFS{
		"built/manifest.json": {Data: []byte(`{"version":2,"files":[{"name":"app.wasm","source":"` + hash + `","sha256":"` + hash +
			`","size":1,"variants":[{"coding":"br","name":"app.wasm.br","size":1}]}]}`)},
		"built/app.wasm.br": {Data: []byte("x")},
	}
	build := func(version string, settings ...string) *debug.BuildInfo {
		info := &debug.BuildInfo{GoVersion: "go1.26.8", Main: debug.Module{Version: version}}
		for i := 0; i < len(settings); i += 2 {
			info.Settings = append(info.Settings, debug.BuildSetting{Key: settings[i], Value: settings[i+1]})
		}
		return info
	}
	const revision = "0123456789abcdef0123456789abcdef01234567"
	tests := []struct {
		name string
		info *debug.BuildInfo
		web  fs.FS
		want string
	}{
		{"release", build("v1.2.3", "vcs.revision", revision), program, "porchlight v1.2.3, go1.26.8\nbrowser program 4fa53532525f\n"},
		{"revision", build("(devel)", "vcs.revision", revision, "vcs.modified", "false"), program, "porchlight 0123456789ab, go1.26.8\nbrowser program 4fa53532525f\n"},
		{"revision and more", build("", "vcs.modified", "true", "vcs.revision", revision), program, "porchlight 0123456789ab+dirty, go1.26.8\nbrowser program 4fa53532525f\n"},
		{"short revision", build("", "vcs.revision", "7"), program, "porchlight 7, go1.26.8\nbrowser program 4fa53532525f\n"},
		{"neither", build("(devel)"), program, "porchlight (devel), go1.26.8\nbrowser program 4fa53532525f\n"},
		{"nothing known", nil, program, "porchlight (devel)\nbrowser program 4fa53532525f\n"},
		{"no program", build("v1.2.3"), fstest.MapFS{}, "porchlight v1.2.3, go1.26.8\nbrowser program none\n"},
		{"damaged program", build("v1.2.3"), fstest.MapFS{"built/manifest.json": {Data: []byte("{")}}, "porchlight v1.2.3, go1.26.8\nbrowser program none\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var out strings.Builder
			if err := writeVersion(&out, tt.info, tt.web); err != nil || out.String() != tt.want {
				t.Errorf("writeVersion = %q, %v, want %q", out.String(), err, tt.want)
			}
		})
	}
}

// The command says it on stdout, without any configuration.
func TestVersionCommand(t *testing.T) {
	none := func(string) string { return "" }
	for _, args := range [][]string{{"version"}, {"--version"}} {
		var out, errs strings.Builder
		err := run(t.Context(), args, none, nil, &out, &errs)
		if err != nil || !strings.HasPrefix(out.String(), "porchlight ") || strings.Count(out.String(), "\n") != 2 || errs.Len() > 0 {
			t.Errorf("%s = %v, says %q and to stderr %q", args, err, out.String(), errs.String())
		}
	}
	var out, errs strings.Builder
	if err := run(t.Context(), []string{"version", "2"}, none, nil, &out, &errs); err == nil || out.Len() > 0 {
		t.Errorf("version 2 = %v, says %q, want it refused", err, out.String())
	}
	if err := run(t.Context(), []string{"help"}, none, nil, &out, &errs); err != nil || !strings.Contains(out.String(), "porchlight version ") {
		t.Errorf("help = %v, says %q, want the command in it", err, out.String())
	}
}
