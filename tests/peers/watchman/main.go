// Asks a screening service with Watchman's own client, and says what it was given.
package main

import (
	"context"
	"fmt"
	"os"
	"time"

	"github.com/moov-io/watchman/pkg/search"
)

func must(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func main() {
	client, ctx := search.NewClient(nil, os.Args[1]), context.Background()
	lists, err := client.ListInfo(ctx)
	must(err)
	fmt.Println("lists own", lists.Lists["own"])

	born := time.Date(1961, time.March, 7, 0, 0, 0, 0, time.UTC)
	person, err := client.SearchByEntity(ctx, search.Entity[search.Value]{
		Name: "Ivan Orlenko", Type: search.EntityPerson, Person: &search.Person{Name: "Ivan Orlenko", BirthDate: &born},
	}, search.SearchOpts{Limit: 1, MinMatch: 0.7})
	must(err)
	for _, e := range person.Entities {
		fmt.Println(e.Type, e.Source, e.SourceID, e.Name, e.Person.BirthDate.Year())
	}

	business, err := client.SearchByEntity(ctx, search.Entity[search.Value]{
		Name: "Meridian Lantern Trading", Type: search.EntityBusiness, Business: &search.Business{Name: "Meridian Lantern Trading"},
	}, search.SearchOpts{Limit: 1, MinMatch: 0.7})
	must(err)
	for _, e := range business.Entities {
		fmt.Println(e.Type, e.Source, e.SourceID, e.Business.Name)
	}

	nobody, err := client.SearchByEntity(ctx, search.Entity[search.Value]{
		Name: "Wilhelmina Featherstonehaugh", Type: search.EntityPerson, Person: &search.Person{Name: "Wilhelmina Featherstonehaugh"},
	}, search.SearchOpts{Limit: 1, MinMatch: 0.7})
	must(err)
	fmt.Println("nobody", len(nobody.Entities))
}
