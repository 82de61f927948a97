// Checks PDF files against PDF/UA-1 and PDF/A-2a with the veraPDF engine, and prints a line a file and standard:
// name, standard, number of checks, and the rules that are broken, with the reason of each.
//
// The engine's own command line needs JAXB, which the jar at hand hasn't got; so the rules are read here.

import java.io.FileInputStream;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import javax.xml.parsers.DocumentBuilderFactory;
import org.verapdf.gf.foundry.VeraGreenfieldFoundryProvider;
import org.verapdf.pdfa.Foundries;
import org.verapdf.pdfa.PDFAParser;
import org.verapdf.pdfa.flavours.PDFAFlavour;
import org.verapdf.pdfa.results.TestAssertion;
import org.verapdf.pdfa.results.ValidationResult;
import org.verapdf.pdfa.validation.profiles.Profiles;
import org.verapdf.pdfa.validation.profiles.Rule;
import org.verapdf.pdfa.validation.profiles.RuleId;
import org.verapdf.pdfa.validation.profiles.ValidationProfile;
import org.verapdf.pdfa.validation.profiles.Variable;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

public class PdfStandards {
    private static final Map<PDFAFlavour, String> STANDARDS = new LinkedHashMap<>();

    static {
        STANDARDS.put(PDFAFlavour.PDFUA_1, "PDFUA-1.xml");
        STANDARDS.put(PDFAFlavour.PDFA_2_A, "PDFA-2A.xml");
    }

    public static void main(String[] files) throws Exception {
        java.util.logging.LogManager.getLogManager().reset();
        VeraGreenfieldFoundryProvider.initialise();
        for (Map.Entry<PDFAFlavour, String> standard : STANDARDS.entrySet()) {
            ValidationProfile profile = profile(standard.getKey(), standard.getValue());
            for (String file : files) {
                check(file, standard.getKey(), profile);
            }
        }
    }

    private static void check(String file, PDFAFlavour standard, ValidationProfile profile) throws Exception {
        try (PDFAParser parser = Foundries.defaultInstance().createParser(new FileInputStream(file), standard)) {
            ValidationResult result = Foundries.defaultInstance().createValidator(profile, false).validate(parser);
            Map<String, String> broken = new TreeMap<>();
            for (TestAssertion each : result.getTestAssertions()) {
                if (each.getStatus() == TestAssertion.Status.FAILED) {
                    RuleId rule = each.getRuleId();
                    broken.put(rule.getClause() + "-" + rule.getTestNumber(), each.getMessage());
                }
            }
            System.out.println(file + "\t" + standard.getId() + "\t" + result.getTotalAssertions() + "\t" + broken);
        }
    }

    private static ValidationProfile profile(PDFAFlavour standard, String file) throws Exception {
        Document document = DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(
            PdfStandards.class.getClassLoader().getResourceAsStream("org/verapdf/pdfa/validation/" + file));
        Set<Rule> rules = new HashSet<>();
        NodeList found = document.getElementsByTagName("rule");
        for (int i = 0; i < found.getLength(); i++) {
            rules.add(rule((Element) found.item(i)));
        }
        Set<Variable> variables = new HashSet<>();
        found = document.getElementsByTagName("variable");
        for (int i = 0; i < found.getLength(); i++) {
            Element each = (Element) found.item(i);
            variables.add(Profiles.variableFromValues(each.getAttribute("name"), each.getAttribute("object"),
                text(each, "defaultValue"), text(each, "value")));
        }
        return Profiles.profileFromValues(standard,
            Profiles.profileDetailsFromValues(file, "", "", new Date(0)), "", rules, variables);
    }

    private static Rule rule(Element rule) {
        Element id = (Element) rule.getElementsByTagName("id").item(0);
        RuleId name = Profiles.ruleIdFromValues(
            PDFAFlavour.Specification.valueOf(id.getAttribute("specification")),
            id.getAttribute("clause"), Integer.parseInt(id.getAttribute("testNumber")));
        Boolean deferred = rule.hasAttribute("deferred") ? Boolean.valueOf(rule.getAttribute("deferred")) : null;
        return Profiles.ruleFromValues(name, rule.getAttribute("object"), deferred, rule.getAttribute("tags"),
            text(rule, "description"), text(rule, "test"),
            Profiles.errorFromValues(text(rule, "message"), new ArrayList<>()), new ArrayList<>());
    }

    private static String text(Element parent, String name) {
        NodeList found = parent.getElementsByTagName(name);
        return found.getLength() > 0 ? found.item(0).getTextContent() : "";
    }
}
