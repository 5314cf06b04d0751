// answers: what the API server answers when somebody creates a manifest, field by field in its own words. Lines of
// vectors on standard input, each with a manifest, the text of one Deployment or Pod; the same lines with the answers of
// now on standard output.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"os"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/core/pod"

	"planecheck.dev/generator/gen"
)

var strategies = map[string]rest.RESTCreateStrategy{"Deployment": deployment.Strategy, "Pod": pod.Strategy}

type line struct {
	Kind   string `json:"kind"`
	Seed   int    `json:"seed"`
	Family string `json:"family"`
	Input  struct {
		Name     string `json:"name"`
		Manifest string `json:"manifest"`
	} `json:"input"`
	Output struct {
		Answers []string `json:"answers"`
	} `json:"output"`
}

// answers is what is wrong with a manifest; nothing if it is created.
func answers(manifest string) []string {
	decoder := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict).UniversalDecoder()
	object, kind, err := decoder.Decode([]byte(manifest), nil, nil)
	if err != nil {
		var strict interface{ Errors() []error }
		if runtime.IsStrictDecodingError(err) && errors.As(err, &strict) {
			var said []string
			for _, each := range strict.Errors() {
				said = append(said, each.Error())
			}
			return said
		}
		return []string{err.Error()}
	}
	metadata, err := meta.Accessor(object)
	gen.Check(err)
	rest.FillObjectMetaSystemFields(metadata)
	ctx := genericapirequest.WithNamespace(context.Background(), "default")
	resource := strings.ToLower(kind.Kind) + "s"
	ctx = genericapirequest.WithRequestInfo(ctx, &genericapirequest.RequestInfo{
		IsResourceRequest: true, Verb: "create", APIGroup: kind.Group, APIVersion: kind.Version, Resource: resource,
		Namespace: "default", Name: metadata.GetName(),
	})
	err = rest.BeforeCreate(strategies[kind.Kind], ctx, object)
	if err == nil {
		return []string{}
	}
	var status *apierrors.StatusError
	if !errors.As(err, &status) || status.ErrStatus.Details == nil {
		return []string{err.Error()}
	}
	var said []string
	for _, cause := range status.ErrStatus.Details.Causes {
		said = append(said, cause.Field+": "+cause.Message)
	}
	return said
}

func main() {
	gen.Quiet()
	in := bufio.NewScanner(os.Stdin)
	in.Buffer(nil, 1<<24)
	out := json.NewEncoder(os.Stdout)
	out.SetEscapeHTML(false)
	for in.Scan() {
		var each line
		gen.Check(json.Unmarshal(in.Bytes(), &each))
		each.Output.Answers = answers(each.Input.Manifest)
		gen.Check(out.Encode(each))
	}
}
