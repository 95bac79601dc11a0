package node_test

import (
	"encoding/json"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"serasi/node/api"
	"serasi/node/casework/caseworktest"
)

// programs says for each page and act of the desk, by the name of its handler,
// which calls do the same for a program. What begins with a dash is the reason
// why there is none.
var programs = map[string]string{
	"accountPage": "me listLogins listTokens", "endLogins": "endLogin endLogins", "passwordPage": onlyForm, "password": "setPassword",
	"factorPage": onlyForm, "startFactor": "startSecondFactor", "confirmFactor": "confirmSecondFactor", "tokenPage": onlyForm, "createToken": "createToken", "revokeToken": "revokeToken",
	"signInPage": onlyForm, "signIn": "signIn", "firstPage": onlyForm, "first": "claimFirst", "againPage": onlyForm, "again": "createToken",
	"leave": "endLogin", "closedPage": "- the quick exit hides a page from whoever comes in", "lookPage": "getDisplay", "saveLook": "setDisplay",
	"saveDraft": "- what is half typed is a matter of a page", "dropDraft": "- what is half typed is a matter of a page",
	"helpPage": onlyHelp, "wordsPage": onlyHelp, "lawsPage": onlyHelp, "todayPage": "listErrands",
	"findPage": "listCases", "find": "searchCases", "registeredPage": "getCase", "intakePage": "findDoubles listForms", "intake": "register findDoubles",
	"casePage": "getCase timeline readiness", "editCasePage": "getCase", "editCase": "editCase", "assignPage": "listColleagues", "assign": "assignCase",
	"stagePage": "readiness", "moveStage": "moveStage closeCase reopenCase", "notePage": onlyForm, "addNote": "addNote", "claimsPage": "getCase", "addClaim": "addClaims",
	"documentsPage": "listDocuments", "openDocument": "getDocument", "addDocument": "addDocument",
	"consentPage": "listConsents", "addConsent": "addConsent", "withdrawPage": onlyForm, "withdraw": "withdrawConsent",
	"sheetsPage": "listSheets", "assessmentPage": "listSheets", "beginSheet": "beginSheet", "sheetPage": "getSheet", "sectionPage": "getSheet", "saveSection": "saveSection", "signSheet": "signSheet",
	"libraryPage": "listForms", "putForm": "putForm previewForm", "downloadForm": "listForms",
	"doublesPage": "listDoubles", "judgeDouble": "judgeDouble",
	"planPage": "getPlan", "savePlan": "editPlan", "approvePlan": "approvePlan", "goalPage": "getPlan", "saveGoal": "addGoal editGoal", "dropGoal": "dropGoal", "resultPage": "getPlan", "saveResult": "endGoal",
	"recordsPage": "listConferences listServices listProvisions listCaseIncidents listCivilPapers listProgrammes listVisits", "recordPage": onlyForm, "saveRecord": "addConference editConference addService editService addProvision editProvision addCaseIncident editCaseIncident addCivilPaper editCivilPaper addProgramme editProgramme addVisit editVisit",
	"stayPage": "getStays", "stayForm": "getStays", "saveStay": "admit moveBed goAway comeBack leave", "boardPage": "listHouses", "housePage": "listHouses", "saveHouse": "addHouse editHouse",
	"calendarPage": "getCalendar", "saveCalendar": "setCalendar", "tasksPage": "listTasks", "caseTasks": "getTasks", "addTask": "addTask", "finishTask": "finishTask",
	"endPage": "getEnding", "endCase": "dischargeCase",
	"handoffsPage": "listHandoffs", "handoffsBulk": "assignHandoffs readHandoff", "handoffsPrint": "getHandoff", "handoffPage": "getHandoff custody", "groupPage": "listHandoffs",
	"handoffAct": "actOnHandoff layAside", "stepPage": "getHandoff", "step": "actOnHandoff sendOn prepare",
	"referPage": "advice directory", "refer": onlyForm, "referReviewPage": onlyForm, "referReview": "offerTransfer offerReferral prepare",
	"collectivePage": "listCases directory", "collective": "offerGroup prepare", "preparedPage": "getPrepared", "preparedAct": "changePrepared signPrepared returnPrepared dropPrepared",
	"queuePage": "outbox", "queueDecide": "decide", "queueNow": "tryOutbox", "directoryPage": "directory", "profilePage": "ownProfile", "saveProfile": "setOwnProfile",
	"partnersPage": "listPartners", "newPartnerPage": onlyForm, "addPartner": "addPartner", "partnerPage": "getPartner", "changePartner": "changePartner",
	"outsidesPage": "listOutside", "outsidePage": "getOutside", "newOutsidePage": onlyForm, "referOutside": "referOutside", "outsideAct": "answerOutside closeOutside recallOutside",
	"replyPage": "lookUpReply", "reply": "lookUpReply reply",
	"lettersPage": "listLetters", "caseLettersPage": "listLetters", "newLetterPage": onlyForm, "beginLetter": "beginLetter", "letterPage": "getLetter", "editLetterPage": "getLetter", "editLetter": "editLetter actOnLetter",
	"actOnLetter": "actOnLetter", "correctLetter": "correctLetter", "scanLetter": "attachScan", "letterFile": "letterFile", "letterText": "letterText", "letterBraille": "letterBraille",
	"letterRegisterPage": "letterRegister", "letterRegisterCSV": "letterRegisterCSV", "letterSettingsPage": "letterSettings", "changeLetterSettings": "setUpLetters",
	"verifyPage": onlyForm, "verify": "verifyLetter", "verifyCode": "verifyLetter",
	"usersPage": "listUsers", "newUserPage": onlyForm, "newUser": "createUser", "userPage": "listUsers listLogins listTokens", "changeUser": "changeUser", "resetPage": onlyForm, "reset": "setPassword",
	"dropFactor": "dropSecondFactor", "endUserLogins": "endLogins", "revokeUserToken": "revokeToken", "policyPage": "getFactorPolicy", "policy": "setFactorPolicy",
	"teamPage": "listTeam", "addMember": "addMember", "dropMember": "dropMember", "grantsPage": "listGrants", "grant": "createGrant", "endGrant": "endGrant",
	"glassPage": onlyForm, "breakGlass": "breakGlass", "noticesPage": "listNotices", "dropNotice": "dropNotice", "looksPage": "listLooks audit", "looksPaper": "listLooks", "archivePage": onlyForm, "archive": "archiveCase",
	"privacyPage": "listRequests listErasures listIncidents listEmergencies", "casePrivacyPage": "getRestriction listRequests", "glassReviewPage": "listEmergencies", "glassReview": "reviewEmergency",
	"askRequest": "askRequest", "requestPage": "listRequests", "answerRequest": "answerRequest", "restrict": "restrictCase", "lift": "liftRestriction",
	"askErasure": "askErasure", "erasurePage": "listErasures", "decideErasure": "confirmErasure dropErasure",
	"newIncidentPage": onlyForm, "newIncident": "noteIncident", "incidentPage": "listIncidents listAffected", "changeIncident": "changeIncident", "affectedList": "listAffected",
	"statePage": "health nodeStatus", "contactPage": "health", "consensusPage": "health", "fellowsPage": "listMembers", "verdictPage": "prepareMotion", "verdictFile": "prepareMotion", "judge": "signMotion", "invite": "invite", "trailPage": "audit health", "verifyTrail": "verifyAudit",
	"backupsPage": "backups", "backUp": "backUp", "greenPage": "footprint",
	"reportsPage": "listReports", "reportPage": "getReport", "breakdownPage": "getReport", "behindPage": "listBehindFigure", "takePeople": "exportBehindFigure", "entriesPage": "getReportEntries", "saveEntries": "editReportEntries",
	"signPage": "getReport", "sign": "signReport", "downloadReport": "downloadReport", "companionPage": "getCompanionReport", "tellObstacles": "tellCompanionReport",
	"importsPage": "listImports", "importPage": "getImport", "importRowsPage": "listImportRows", "mappingPage": "getImport", "mapImport": "mapImport", "uploadTable": "uploadTable",
	"runImport": "runImport", "undoImport": "undoImport", "discardImport": "discardImport",
}

const (
	onlyForm = "- an empty form, or a look at one before it is sent"
	onlyHelp = "- help for readers"
)

var handler = regexp.MustCompile(`s\.(?:page|open|upload)\(.+?, (?:\(\*visit\)\.(\w+)|func\(v \*visit\) error \{ return v\.(\w+)\()`)

// What a page shows or does, a program can ask for. A new page without a row
// here, and a row without its page or its call, is noticed.
func TestProgramsCanWhatPagesCan(t *testing.T) {
	calls := operations(t)
	pages := map[string]bool{}
	for _, name := range handlers(t) {
		pages[name] = true
		if programs[name] == "" {
			t.Errorf("no call is named for the page %s, and no reason why there is none", name)
		}
	}
	for page, names := range programs {
		if !pages[page] {
			t.Errorf("there is no page %s", page)
		}
		if strings.HasPrefix(names, "- ") {
			continue
		}
		for _, name := range strings.Fields(names) {
			if !slices.Contains(calls, name) {
				t.Errorf("page %s: there is no call %s", page, name)
			}
		}
	}
	if len(pages) < 150 || len(calls) < 150 {
		t.Errorf("found %d pages and %d calls only", len(pages), len(calls))
	}
}

// handlers are the names of what serves the routes of the desk.
func handlers(t *testing.T) (names []string) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join("web", "*.go"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasSuffix(file, "_test.go") || strings.HasSuffix(file, "doc.go") {
			continue
		}
		found := handler.FindAllStringSubmatch(string(src), -1)
		for _, m := range found {
			names = append(names, m[1]+m[2])
		}
		if routes := strings.Count(string(src), "s.page(") + strings.Count(string(src), "s.open(") + strings.Count(string(src), "s.upload("); routes != len(found) {
			t.Errorf("%s: %d of %d routes are understood", file, len(found), routes)
		}
	}
	return names
}

// Names of their own: an embedded Partners would hide the method Partners.
type (
	aAccess    = api.Access
	aCare      = api.Care
	aCases     = api.Cases
	aDirectory = api.Directory
	aForms     = api.Forms
	aHandoffs  = api.Handoffs
	aImports   = api.Imports
	aLedger    = api.Ledger
	aLetters   = api.Letters
	aLogins    = api.Logins
	aMembers   = api.Members
	anOwn      = api.Own
	aNode      = api.Node
	aPartners  = api.Partners
	aPeople    = api.People
	aPrivacy   = api.Privacy
	aReports   = api.Reports
	aTrail     = api.Trail
)

// operations are the calls of the document, with nobody behind the door.
func operations(t *testing.T) (names []string) {
	t.Helper()
	a, err := api.New(api.Config{
		Cases: struct{ aCases }{}, Forms: struct{ aForms }{}, Care: struct{ aCare }{}, Handoffs: struct{ aHandoffs }{}, Directory: struct{ aDirectory }{},
		Partners: struct{ aPartners }{}, Letters: struct{ aLetters }{}, Reports: struct{ aReports }{}, Imports: struct{ aImports }{}, Access: struct{ aAccess }{},
		People: struct{ aPeople }{}, Logins: struct{ aLogins }{}, Privacy: struct{ aPrivacy }{}, Ledger: struct{ aLedger }{}, Members: struct{ aMembers }{}, Own: struct{ anOwn }{},
		Node: struct{ aNode }{}, Trail: struct{ aTrail }{}, Waits: []api.Waits{nil}, Replays: &caseworktest.Store{}, Metrics: http.NotFoundHandler(), Version: "1.0",
		Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRecorder()
	a.Handler().ServeHTTP(r, httptest.NewRequest(http.MethodGet, "/api/v1/openapi.json", nil))
	var d struct {
		Paths map[string]map[string]struct{ OperationID string }
	}
	if err := json.Unmarshal(r.Body.Bytes(), &d); err != nil {
		t.Fatal(err)
	}
	for _, ops := range d.Paths {
		for _, op := range ops {
			names = append(names, op.OperationID)
		}
	}
	return names
}
