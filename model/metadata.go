package model

import "encoding/json"

// MergeMetadata returns metadata with more merged into it: a key that is given an empty text goes, others replace what was
// there. More that is null removes all.
func MergeMetadata(metadata, more JSON) JSON {
	if !more.present() {
		return nil
	}
	var have, add map[string]json.RawMessage
	if metadata.present() && json.Unmarshal(metadata, &have) != nil || json.Unmarshal(more, &add) != nil {
		return more
	}
	if have == nil {
		have = map[string]json.RawMessage{}
	}
	for k, v := range add {
		if string(v) == `""` {
			delete(have, k)
			continue
		}
		have[k] = v
	}
	out, err := json.Marshal(have)
	if err != nil {
		return more
	}
	return out
}

// SameMetadata reports whether two values of metadata say the same. None and an empty object do.
func SameMetadata(a, b JSON) bool { return canonical(a) == canonical(b) }

func (j JSON) present() bool { return len(j) > 0 && string(j) != "null" }

// canonical is JSON with sorted keys; without anything in it, it is empty.
func canonical(j JSON) string {
	var v any
	if !j.present() || json.Unmarshal(j, &v) != nil {
		return ""
	}
	out, err := json.Marshal(v)
	if err != nil || string(out) == "{}" {
		return ""
	}
	return string(out)
}
